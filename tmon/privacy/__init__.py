"""What the law asks of those who hold personal data: records, their review, destruction and notice."""
