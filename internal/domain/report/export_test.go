package report

import "bellwether/internal/domain/account"

// LineOf and Masked are for tests of what they make of a claim.
func LineOf(claim string, lines []account.Line) int { return lineOf(claim, lines) }

// Masked is what is kept of a number.
func Masked(number string, digits int) string { return masked(number, digits) }
