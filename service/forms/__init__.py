"""A partner's form: its own page, and the doors that lead to the same sign-up."""
