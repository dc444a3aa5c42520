// Package capacity is the API of a capacity booking platform that lives on loopback: companies with one token each,
// bookings, trades and auctions that come and go with the clock, and a page to act on it.
//
// Like the simulator of the Insights API beside it, it is the other side of the wire: it is written from the
// platform's description and shares no type with the client. What the description does not tell, such as the fields of
// a record and the bodies of errors, is made up here, and no client may lean on it.
package capacity
