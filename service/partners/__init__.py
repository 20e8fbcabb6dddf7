"""A partner's own pages: its sign-up forms. Nothing about who signed up."""
