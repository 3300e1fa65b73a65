package passive

import "ivre/ingest/host"

// InfoTexts are the members of a record's information that tables have columns for. Empty ones are absent.
type InfoTexts struct {
	ServiceName, ServiceProduct, ServiceVersion, ServiceHostname string
	MD5, SHA1, SHA256                                            string
}

// AppendInfos appends information as JSON, nothing if there is none, and returns the members with columns.
func AppendInfos(dst []byte, infos *host.Object) ([]byte, InfoTexts) {
	if infos.Len() == 0 {
		return dst, InfoTexts{}
	}
	return host.AppendValue(dst, infos), InfoTexts{
		ServiceName: infos.Text("service_name"), ServiceProduct: infos.Text("service_product"),
		ServiceVersion: infos.Text("service_version"), ServiceHostname: infos.Text("service_hostname"),
		MD5: infos.Text("md5"), SHA1: infos.Text("sha1"), SHA256: infos.Text("sha256"),
	}
}
