"""The killing drill: real processes of the product that are killed, frozen and stopped while orders arrive and people press."""
