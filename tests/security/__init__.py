"""What others had: a test for each hole, under the number that it was given."""
