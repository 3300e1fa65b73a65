package nmapxml

// The limits bound memory and time for hostile files. Each is far above what the tools write.
const (
	// bufferSize is how much of the file is held at once, unless one tag needs more. Bytes.
	bufferSize = 128 << 10
	// maxValue is where an attribute's value or an element's text is cut, with a warning. Bytes as in the file.
	maxValue = 16 << 20
	// maxTag is the size of a tag (after values were cut) that is given up as not readable. Bytes.
	maxTag = 24 << 20
	// maxDoctype is the size of a document type declaration that is skipped. Nmap's has 17 bytes.
	maxDoctype = 1 << 20
	// maxAttrs is the number of attributes of a tag; the tools write at most 13.
	maxAttrs = 256
	// maxDepth is the nesting of elements. Readers of script results recurse into tables, so this bounds their
	// stack as well.
	maxDepth = 100

	// softHost is the estimated size of a host in memory from which on its scripts are dropped, maxHost the size
	// at which it is given up. Bytes.
	softHost = 256 << 20
	maxHost  = 512 << 20
	// maxAddresses is the number of a host's further addresses.
	maxAddresses = 1000
	// maxExtra is the number of further attributes that are kept, of an element or of all <service> and <state>
	// elements of a port. maxStates is the number of states in <extraports> and of reasons of each.
	maxExtra  = 64
	maxStates = 64
	// maxName is the length of a host name whose parents are listed. A DNS name has at most 253 characters.
	maxName = 255

	// maxWarnings is the number of warnings that are passed on for a file.
	maxWarnings = 1000
)
