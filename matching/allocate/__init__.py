"""Who is invited where: candidate lists, dual prices, an auction, an improvement pass and a bound."""
