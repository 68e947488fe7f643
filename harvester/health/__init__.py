"""What a provider declares against what is seen of it: experiments, the health card, and the strategy that follows."""
