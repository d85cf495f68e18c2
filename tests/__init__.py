"""The tests of the product; the far sides are real servers, the doubles that the product itself brings."""
