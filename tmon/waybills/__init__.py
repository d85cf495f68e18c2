"""Shipping orders: waybills, their corrections, late-shipping notices, and following parcels to the door."""
