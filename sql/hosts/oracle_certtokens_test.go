package hosts_test

import "strings"

func init() {
	tor := oracleRegexp(`^commonName=www\.[a-z2-7]{8,20}\.(net|com)$`)
	oracleTokens["torcert"] = oracleFlag(func(rec oracleRecord) bool {
		return oracleCert(rec, "ssl-cert", func(c any) bool {
			return oracleSome(c, "subject_text", tor) && oracleSome(c, "issuer_text", tor) && oracleSome(c, "self_signed", oracleIs(false))
		})
	})
	for token, id := range map[string]string{"cert": "ssl-cert", "cacert": "ssl-cacert"} {
		oracleTokens[token] = oracleToggle(oracleID(id))
		// Negated, a certificate that is not self-signed exists.
		oracleTokens[token+".self_signed"] = func(w oracleWord, rec oracleRecord) (match, known bool) {
			if w.has {
				return false, false
			}
			return oracleCert(rec, id, func(c any) bool { return oracleSome(c, "self_signed", oracleIs(!w.neg)) }), true
		}
		oracleTokens[token+".subject"] = oracleNegatable(oracleData(id, "ssl-cert.subject_text"))
		oracleTokens[token+".issuer"] = oracleNegatable(oracleData(id, "ssl-cert.issuer_text"))
		for _, hash := range []string{"md5", "sha1", "sha256"} {
			oracleTokens[token+"."+hash] = oracleNegatable(oracleHash(id, "ssl-cert."+hash))
			oracleTokens[token+".pk"+hash] = oracleNegatable(oracleHash(id, "ssl-cert.pubkey."+hash))
			oracleTokens[token+".pubkey."+hash] = oracleNegatable(oracleHash(id, "ssl-cert.pubkey."+hash))
		}
	}
}

// oracleCert tells whether one certificate of a script satisfies a condition.
func oracleCert(rec oracleRecord, id string, test func(cert any) bool) bool {
	return oracleScript(rec, id, func(s any) bool { return oracleSame(s, "ssl-cert", test) })
}

// oracleHash tests a hash, in any case.
func oracleHash(id, path string) oracleTry {
	return func(value string, rec oracleRecord) (match, ok bool) {
		if !strings.HasPrefix(value, "/") {
			value = strings.ToLower(value)
		}
		v, ok := oracleParseValue(value, "i")
		return ok && oracleScript(rec, id, func(s any) bool { return oracleSome(s, path, v.is) }), ok
	}
}
