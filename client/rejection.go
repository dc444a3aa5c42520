package client

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// rejections are the service accounts that the token server has refused. All
// tenants that a discovery finds have one account, and what it says to one of
// them it would say to each.
type rejections struct {
	mu       sync.Mutex
	accounts map[[sha256.Size]byte]rejected
}

type rejected struct {
	err   *insights.Error
	until time.Time
}

// rejectionHolds is how long a refusal holds for those who ask with the same
// account: not quite as long as the shortest pause of each of them, so that
// nobody waits for a pause that was his own.
const rejectionHolds = firstRejected * 9 / 10

func newRejections() *rejections {
	return &rejections{accounts: map[[sha256.Size]byte]rejected{}}
}

// Check returns what was said to somebody else who asked with the same account
// not long ago, if that was no.
func (r *rejections) Check(account [sha256.Size]byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one, ok := r.accounts[account]; ok && time.Now().Before(one.until) {
		copied := *one.err
		return &copied
	}
	delete(r.accounts, account)
	return nil
}

// Note takes in how a request for a token with an account ended.
func (r *rejections) Note(account [sha256.Size]byte, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	failed, ok := errors.AsType[*insights.Error](err)
	if !ok || failed.Status != http.StatusUnauthorized {
		if err == nil {
			delete(r.accounts, account)
		}
		return
	}
	copied := *failed // who asked will add to it what to do
	r.accounts[account] = rejected{&copied, time.Now().Add(rejectionHolds)}
}
