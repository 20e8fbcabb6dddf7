"""What every page and every machine door stands on: forms, problems, security, languages, templates."""
