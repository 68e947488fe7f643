"""What is wrong with the descriptions a library sent: found from them alone, told to that library alone."""
