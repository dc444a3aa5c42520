package simulation

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator/capacity"
)

// apiFaults are what an endpoint of the simulator can do, by the names that scenarios have for it.
var apiFaults = map[string]simulator.Fault{
	"401":                  simulator.Status(http.StatusUnauthorized),
	"403":                  simulator.Status(http.StatusForbidden),
	"403 denied":           simulator.APIError(http.StatusForbidden, "REST10003"),
	"404":                  simulator.APIError(http.StatusNotFound, "REST10002"),
	"400 unknown resource": simulator.APIError(http.StatusBadRequest, "DATA10003"),
	"400 no column":        simulator.APIError(http.StatusBadRequest, "DATA10002"),
	"400 no licence":       simulator.APIError(http.StatusBadRequest, "DATA10004"),
	"400":                  simulator.APIError(http.StatusBadRequest, "REST10004"),
	"408":                  simulator.Status(http.StatusRequestTimeout),
	"429":                  simulator.TooManyCalls(""),
	"429 for 30s":          simulator.TooManyCalls("30"),
	"429 for 10m":          simulator.TooManyCalls("600"),
	"429 for ages":         simulator.TooManyCalls("99999999999999999999"),
	"500":                  simulator.APIError(http.StatusInternalServerError, "REST10001"),
	"502":                  simulator.BadGateway(),
	"503":                  simulator.Status(http.StatusServiceUnavailable),
	"503 for 2m":           withRetryAfter(simulator.Status(http.StatusServiceUnavailable), "120"),
	"307":                  simulator.Redirect("https://elsewhere.test/"),
	"200 empty":            {Kind: simulator.AnswerStatus, Status: http.StatusOK},
	"204":                  {Kind: simulator.AnswerStatus, Status: http.StatusNoContent},
	"206":                  {Kind: simulator.AnswerStatus, Status: http.StatusPartialContent, Body: `{"data":[]}`},
	"connection closed":    {Kind: simulator.CloseConnection},
	"hang":                 {Kind: simulator.Hang},
	"reset within body":    {Kind: simulator.ResetMidBody},
	"slow body":            {Kind: simulator.SlowBody, Every: 300 * time.Millisecond},
	"endless body":         {Kind: simulator.EndlessBody},
	"gzip bomb":            {Kind: simulator.GzipBomb, Rows: 64},
	"truncated JSON":       {Kind: simulator.TruncatedJSON},
	"trailing garbage":     {Kind: simulator.TrailingGarbage},
	"wrong content type":   {Kind: simulator.WrongContentType},
	"null data":            {Kind: simulator.NullData},
	"no header":            {Kind: simulator.NoHeader},
	"nested data":          {Kind: simulator.NestedData},
	"wrong types":          {Kind: simulator.WrongTypes},
	"not rows":             {Kind: simulator.NotRows},
	"broken text":          {Kind: simulator.BrokenText},
	"row flood":            {Kind: simulator.RowFlood, Rows: 10000},
	"duplicate rows":       {Kind: simulator.DuplicateRows},
	"token without expiry": {Kind: simulator.TokenWithoutExpiry},
	"token expired":        {Kind: simulator.TokenExpired},
	"token opaque":         {Kind: simulator.TokenOpaque},
}

func withRetryAfter(f simulator.Fault, seconds string) simulator.Fault {
	f.Header = http.Header{"Retry-After": {seconds}}
	return f
}

// dear faults cost much CPU time, so that they are rare.
var dear = []string{"endless body", "gzip bomb", "row flood"}

// retryAfters are how long the vendor asks to be left alone, by fault, at most ten minutes of it being believed.
var retryAfters = map[string]time.Duration{
	"429": 5 * time.Second, "429 for 30s": 30 * time.Second, "429 for 10m": 10 * time.Minute, "429 for ages": 10 * time.Minute,
	"503 for 2m": 2 * time.Minute,
}

// companyFaults are the same for the capacity platform.
var companyFaults = map[string]capacity.Fault{
	"401":                capacity.Status(http.StatusUnauthorized),
	"403":                capacity.Status(http.StatusForbidden),
	"404":                capacity.Status(http.StatusNotFound),
	"429":                capacity.Status(http.StatusTooManyRequests),
	"500":                capacity.Status(http.StatusInternalServerError),
	"503":                capacity.Status(http.StatusServiceUnavailable),
	"connection closed":  {Kind: capacity.CloseConnection},
	"hang":               {Kind: capacity.Hang},
	"reset within body":  {Kind: capacity.ResetMidBody},
	"truncated JSON":     {Kind: capacity.TruncatedJSON},
	"wrong content type": {Kind: capacity.WrongContentType},
}

// lineFaults are what can happen to all calls of a host before anybody looks at them.
var lineFaults = []string{"latency", "refused", "silent", "403", "429", "429 for 10m", "503"}

// fileFaults are what can become of the file of a secret.
var fileFaults = []string{"gone", "empty", "directory", "old"}

func names[V any](m map[string]V) func() []string {
	return func() []string { return slices.Sorted(maps.Keys(m)) }
}

func just(names []string) func() []string { return func() []string { return names } }
