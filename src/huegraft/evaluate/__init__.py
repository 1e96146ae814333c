"""How good a method is: sets of pictures × methods × measures (the extra ``bench``)."""
