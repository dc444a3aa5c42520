package simulator

import (
	"mime"
	"net/http"
)

// checkContentType insists on what the documentation says every call carries.
func checkContentType(value string) *refusal {
	media, _, err := mime.ParseMediaType(value)
	if err == nil && media == "application/json" {
		return nil
	}
	no := invalidParameter("Content-Type must be application/json", "Content-Type")
	no.status = http.StatusUnsupportedMediaType
	return no
}
