package nmapxml

// element is a kind of XML element.
type element uint8

const (
	other element = iota // without a meaning here, and what is in it has none either
	elNmaprun
	elHost
	elStatus
	elAddress
	elHostnames
	elHostname
	elPorts
	elExtraports
	elExtrareasons
	elPort
	elState
	elService
	elCPE
	elScript
	elTable
	elElem
	elHostscript
	elOS
	elPortused
	elOsmatch
	elOsclass
	elOsfingerprint
	elTrace
	elHop
)

// elementOf tells the kind of an element from its name.
func elementOf(name []byte) element {
	switch string(name) {
	case "nmaprun":
		return elNmaprun
	case "host":
		return elHost
	case "status":
		return elStatus
	case "address":
		return elAddress
	case "hostnames":
		return elHostnames
	case "hostname":
		return elHostname
	case "ports":
		return elPorts
	case "extraports":
		return elExtraports
	case "extrareasons":
		return elExtrareasons
	case "port":
		return elPort
	case "state":
		return elState
	case "service":
		return elService
	case "cpe":
		return elCPE
	case "script":
		return elScript
	case "table":
		return elTable
	case "elem":
		return elElem
	case "hostscript":
		return elHostscript
	case "os":
		return elOS
	case "portused":
		return elPortused
	case "osmatch":
		return elOsmatch
	case "osclass":
		return elOsclass
	case "osfingerprint":
		return elOsfingerprint
	case "trace":
		return elTrace
	case "hop":
		return elHop
	}
	return other
}

// within holds the elements in which an element has its meaning; elsewhere it has none.
var within = func() (w [elHop + 1]uint32) {
	for el, parents := range map[element][]element{
		elHost:          {elNmaprun},
		elStatus:        {elHost},
		elAddress:       {elHost},
		elHostnames:     {elHost},
		elHostname:      {elHostnames},
		elPorts:         {elHost},
		elExtraports:    {elPorts},
		elExtrareasons:  {elExtraports},
		elPort:          {elPorts},
		elState:         {elPort},
		elService:       {elPort},
		elCPE:           {elService, elOS, elOsmatch, elOsclass, elPort, elHost},
		elScript:        {elPort, elHostscript},
		elTable:         {elScript, elTable},
		elElem:          {elScript, elTable},
		elHostscript:    {elHost},
		elOS:            {elHost},
		elPortused:      {elOS},
		elOsmatch:       {elOS},
		elOsclass:       {elOS, elOsmatch},
		elOsfingerprint: {elOS},
		elTrace:         {elHost},
		elHop:           {elTrace},
	} {
		for _, p := range parents {
			w[el] |= 1 << p
		}
	}
	return w
}()

// weight is an estimate of the memory that an element takes beside its texts. Bytes.
var weight = [elHop + 1]int{
	elAddress:      64,
	elHostname:     160,
	elExtraports:   96,
	elExtrareasons: 48,
	elPort:         832,
	elCPE:          160,
	elScript:       256,
	elTable:        192,
	elElem:         96,
	elOsmatch:      256,
	elOsclass:      320,
	elTrace:        96,
	elHop:          224,
}
