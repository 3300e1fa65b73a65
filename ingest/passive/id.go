package passive

import (
	"crypto/sha256"
	"encoding/binary"
)

// ID identifies a record among all.
type ID [16]byte

// Identity is the identifier of a record: the first half of the SHA-256 (FIPS 180-4) of what identifies it, so that
// nobody can make traffic that is taken for something else. buf is room to work in; it is returned for the next call.
func (r *Record) Identity(buf []byte) (ID, []byte) {
	buf = buf[:0]
	for _, s := range [...]string{r.Recontype, r.Source, r.Sensor, r.TargetVal, r.Value} {
		buf = binary.AppendUvarint(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	buf = binary.BigEndian.AppendUint16(buf, r.Port)
	if r.Addr.IsValid() {
		a := r.Addr.As16()
		buf = append(buf, a[:]...)
	}
	sum := sha256.Sum256(buf)
	return ID(sum[:16]), buf
}
