"""The steps of the method. Each step has one file and one main function, which is pure: arrays in, arrays out."""
