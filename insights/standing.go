package insights

import "time"

// Standing is how a client stands with its API.
type Standing struct {
	// Accepted is the API's last word on the credential, and Known says
	// whether there is one.
	Known, Accepted bool
	// TokenEnds is when the token in use ends, and KeyEnds when the credential
	// behind it does; zero times where nothing is known.
	TokenEnds, KeyEnds time.Time
	// Calls counts the requests of the client, and Failed those that were not
	// answered with 200.
	Calls, Failed int
}
