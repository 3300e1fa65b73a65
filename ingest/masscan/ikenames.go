package masscan

import "strconv"

// names maps numbers to names.
type names map[int64]string

func named(n names, v int64) string {
	if s, ok := n[v]; ok {
		return s
	}
	return "UNKNOWN-" + strconv.FormatInt(v, 10)
}

// ikeDomains are domains of interpretation (IANA, ISAKMP Registry).
var ikeDomains = names{0: "ISAKMP", 1: "IPSEC", 2: "GDOI"}

// ikeAttributes are the attributes of a phase 1 transform (IANA, IKE Attributes).
var ikeAttributes = map[uint16]struct {
	name   string
	values names
}{
	1: {"Encryption", names{
		1: "DES-CBC", 2: "IDEA-CBC", 3: "Blowfish-CBC", 4: "RC5-R16-B64-CBC", 5: "3DES-CBC", 6: "CAST-CBC", 7: "AES-CBC",
		8: "CAMELLIA-CBC",
	}},
	2: {"Hash", names{1: "MD5", 2: "SHA", 3: "Tiger", 4: "SHA2-256", 5: "SHA2-384", 6: "SHA2-512"}},
	3: {"Authentication", names{
		1: "PSK", 2: "DSS Signature", 3: "RSA Signature", 4: "RSA Encryption", 5: "RSA Revised Encryption",
		6: "ElGamal Encryption", 7: "ElGamal Revised Encryption", 8: "ECDSA Signature",
		64221: "HybridInitRSA", 64222: "HybridRespRSA", 64223: "HybridInitDSS", 64224: "HybridRespDSS",
		65001: "XAUTHInitPreShared or GSS-API using Kerberos", 65002: "XAUTHRespPreShared",
		65003: "XAUTHInitDSS", 65004: "XAUTHRespDSS", 65005: "XAUTHInitRSA", 65006: "XAUTHRespRSA",
		65007: "XAUTHInitRSAEncryption", 65008: "XAUTHRespRSAEncryption",
		65009: "XAUTHInitRSARevisedEncryption", 65010: "XAUTHRespRSARevisedEncryption",
	}},
	4: {"GroupDesc", names{
		1: "768MODPgr", 2: "1024MODPgr", 3: "EC2Ngr155", 4: "EC2Ngr185", 5: "1536MODPgr", 14: "2048MODPgr",
		15: "3072MODPgr", 16: "4096MODPgr", 17: "6144MODPgr", 18: "8192MODPgr",
	}},
	5:  {"GroupType", names{1: "MODP", 2: "ECP", 3: "EC2N"}},
	6:  {name: "GroupPrime"},
	7:  {name: "GroupGenerator1"},
	8:  {name: "GroupGenerator2"},
	9:  {name: "GroupCurveA"},
	10: {name: "GroupCurveB"},
	11: {"LifeType", names{1: "Seconds", 2: "Kilobytes"}},
	12: {name: "LifeDuration"},
	13: {name: "PRF"},
	14: {name: "KeyLength"},
	15: {name: "FieldSize"},
	16: {name: "GroupOrder"},
}

// ikeProtocols are the protocols that a notification may be about (RFC 2407, 4.4.1).
var ikeProtocols = names{1: "ISAKMP", 2: "IPSEC_AH", 3: "IPSEC_ESP", 4: "IPCOMP"}

// ikeNotifications are the types of notifications (RFC 2408, 3.14.1).
var ikeNotifications = func() names {
	n := names{16384: "CONNECTED"}
	for i, s := range []string{
		"INVALID-PAYLOAD-TYPE", "DOI-NOT-SUPPORTED", "SITUATION-NOT-SUPPORTED", "INVALID-COOKIE", "INVALID-MAJOR-VERSION",
		"INVALID-MINOR-VERSION", "INVALID-EXCHANGE-TYPE", "INVALID-FLAGS", "INVALID-MESSAGE-ID", "INVALID-PROTOCOL-ID",
		"INVALID-SPI", "INVALID-TRANSFORM-ID", "ATTRIBUTES-NOT-SUPPORTED", "NO-PROPOSAL-CHOSEN", "BAD-PROPOSAL-SYNTAX",
		"PAYLOAD-MALFORMED", "INVALID-KEY-INFORMATION", "INVALID-ID-INFORMATION", "INVALID-CERT-ENCODING",
		"INVALID-CERTIFICATE", "CERT-TYPE-UNSUPPORTED", "INVALID-CERT-AUTHORITY", "INVALID-HASH-INFORMATION",
		"AUTHENTICATION-FAILED", "INVALID-SIGNATURE", "ADDRESS-NOTIFICATION", "NOTIFY-SA-LIFETIME",
		"CERTIFICATE-UNAVAILABLE", "UNSUPPORTED-EXCHANGE-TYPE", "UNEQUAL-PAYLOAD-LENGTHS",
	} {
		n[int64(i+1)] = s
	}
	return n
}()
