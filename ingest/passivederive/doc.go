// Package passivederive decides what is stored of a passive observation: it brings what a sensor saw into the form that
// identifies a record (Normalise), and derives what is known from it (Infos).
//
// Normalising makes observations of the same thing the same record: what changes with each connection (dates, random
// numbers, nonces) is replaced, secrets that prove nothing later are dropped, fingerprints are hashed, answers of DNS
// blacklists become records of the listed address. Deriving takes certificates, keys, names and versions apart. Everything
// comes from the network and may be hostile: what cannot be read is left as it is or left out, with a warning, and what is
// derived is bounded by what it is derived from.
//
// The package must not know where records come from (see packages passiverecon and others) nor where they go to.
//
// # Text
//
// Values are text in which other bytes are escaped. Two forms occur, that of sensors (\xHH for all that is not printable)
// and that of Nmap (also \r, \n and \t), and both are decoded where the bytes count. They are different identities: a
// banner is only written anew if something in it is replaced.
package passivederive
