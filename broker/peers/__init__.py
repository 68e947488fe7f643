"""Peers: systems outside that ask us and are asked by ISO 18626, and the libraries they speak for."""
