"""The vacation mode of a store (휴가 모드): closed days, paused deals, late-shipping notices; and the way back."""
