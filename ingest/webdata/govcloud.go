package webdata

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ivre/ingest/ipdata/govcloud"
)

// GovCloud makes govcloud.json of the lists of AWS (ip-ranges.json, of which only the regions us-gov-* count) and Azure
// (ServiceTags_AzureGovernment_*.json); nil if there is none. The label of a slice is a list of texts: "Platform: AWS",
// "Region: us-gov-west-1", "Service: EC2".
func GovCloud(aws, azure []byte) ([]byte, error) {
	var m tableMaker
	if aws != nil {
		if err := addAWS(&m, aws); err != nil {
			return nil, fmt.Errorf("%s: %w", AWSFile, err)
		}
	}
	if azure != nil {
		if err := addAzure(&m, azure); err != nil {
			return nil, fmt.Errorf("%s: %w", AzureFile, err)
		}
	}
	return m.write(func(labels []string) string { return "[" + strings.Join(labels, ", ") + "]" })
}

// checkAWS and checkAzure are for downloads that are kept as they are.
func checkAWS(download []byte) ([]byte, error) { return download, addAWS(&tableMaker{}, download) }

func checkAzure(download []byte) ([]byte, error) { return download, addAzure(&tableMaker{}, download) }

// cloudNetwork is a network with what is told of it.
type cloudNetwork struct {
	text  string
	infos []string
}

func addAWS(m *tableMaker, download []byte) error {
	var list struct {
		Prefixes     []govcloud.AWSPrefix `json:"prefixes"`
		IPv6Prefixes []govcloud.AWSPrefix `json:"ipv6_prefixes"`
	}
	if err := unmarshal(download, &list); err != nil {
		return err
	}
	var networks []cloudNetwork
	for _, p := range slices.Concat(list.Prefixes, list.IPv6Prefixes) {
		if p.Government() {
			networks = append(networks, cloudNetwork{p.IPv4 + p.IPv6, p.Infos()}) // it has one of them
		}
	}
	return addNetworks(m, networks)
}

func addAzure(m *tableMaker, download []byte) error {
	var list struct {
		Values []govcloud.AzureValue `json:"values"`
	}
	if err := unmarshal(download, &list); err != nil {
		return err
	}
	var networks []cloudNetwork
	for _, v := range list.Values {
		infos := v.Infos()
		for _, text := range v.Properties.AddressPrefixes {
			networks = append(networks, cloudNetwork{text, infos})
		}
	}
	return addNetworks(m, networks)
}

// addNetworks adds the networks of a list, which must have some.
func addNetworks(m *tableMaker, networks []cloudNetwork) error {
	if len(networks) == 0 {
		return errEmpty
	}
	for _, n := range networks {
		p, ok := parseEntry(n.text)
		if !ok {
			return fmt.Errorf("%.60q is no network", n.text)
		}
		labels := make([]string, len(n.infos))
		for i, info := range n.infos {
			labels[i] = jsonText(info)
		}
		if err := m.add(p, labels...); err != nil {
			return err
		}
	}
	return nil
}

// azureURL is the address of Azure's list, in a page or in a script of it, where slashes may be written as \/. The list
// has another one every week.
var azureURL = regexp.MustCompile(`https?:(?:\\?/)[^\s"'<>]*/ServiceTags_AzureGovernment_[0-9]+\.json`)

func azureLink(page []byte) (url string, ok bool) {
	found := azureURL.Find(page)
	return strings.ReplaceAll(string(found), `\/`, "/"), found != nil
}
