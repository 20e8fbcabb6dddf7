"""How likely a person comes to a session: features, an additive model and its calibration."""
