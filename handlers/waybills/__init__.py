"""Shipping in Slack: the form of a waybill, corrections, late-shipping notices, recipients."""
