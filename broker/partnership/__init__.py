"""What libraries agree with each other: agreements with their parties and terms, and who may do what by them."""
