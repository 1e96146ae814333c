"""The steps of the method, one file a step, one main function each, pure: arrays in, arrays out."""
