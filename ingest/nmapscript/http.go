package nmapscript

import (
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/httpscript"
)

// maxHeaders is the number of headers of an answer. Servers send less than 100, clients take no more than some
// hundreds.
const maxHeaders = 1000

// createHeaders reads the text of http-headers: a header on each line, up to the first blank line.
func createHeaders(j *job, output string) host.Value {
	var headers []httpscript.Header
	for line := range strings.SplitSeq(strings.TrimPrefix(output, "\n"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			break
		}
		if len(headers) == maxHeaders {
			j.warn("the headers after the first %d are only in the text", maxHeaders)
			break
		}
		name, value, ok := strings.Cut(line, ":")
		hd := httpscript.Header{Name: strings.ToLower(strings.TrimSpace(name))}
		if ok {
			hd.Value = strings.TrimSpace(value)
		}
		headers = append(headers, hd)
	}
	if headers == nil {
		return nil
	}
	return httpscript.HeaderList(headers)
}

// finishHeaders adds the applications that name themselves in headers.
func finishHeaders(j *job) bool {
	list, _ := j.s.Data.(host.List)
	headers := make([]httpscript.Header, 0, len(list))
	for _, item := range list {
		if o, ok := item.(*host.Object); ok {
			value, _ := o.Get("value")
			headers = append(headers, httpscript.Header{Name: o.Text("name"), Value: value})
		}
	}
	httpscript.Headers(j.h, j.p, headers, "/", false)
	return true
}

// changeServerHeader makes a list of the values of the header Server.
func changeServerHeader(_ *job, v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	if server, ok := o.Get("Server"); ok {
		return host.List{server}
	}
	return host.List{}
}

// changeGit makes a list of the repositories that a web server has open to everyone, and lists of what is in them.
func changeGit(j *job, v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	list, ok := listByName(j, o, "repository", dots)
	if !ok {
		return v
	}
	for _, item := range list {
		members := item.(*host.Object).Members
		for i := range members {
			inner, ok := members[i].Value.(*host.Object)
			if !ok {
				continue
			}
			switch members[i].Key {
			case "files-found":
				members[i].Value = gitFiles(inner)
			case "interesting-matches":
				members[i].Value = gitMatches(inner)
			}
		}
	}
	return list
}

// gitFiles lists the files that were found, out of those that were looked for.
func gitFiles(o *host.Object) host.List {
	files := host.List{}
	for _, m := range o.Members {
		if s, _ := m.Value.(string); s == "true" {
			files = append(files, gitName(m.Key))
		}
	}
	return files
}

func gitMatches(o *host.Object) host.List {
	matches := make(host.List, len(o.Members))
	for i, m := range o.Members {
		matches[i] = host.NewObject("file", gitName(m.Key), "matches", m.Value)
	}
	return matches
}

// gitName undoes what becomes of the dot that the names of git's files start with.
func gitName(s string) string {
	if strings.HasPrefix(s, "_git") {
		return "." + s[1:]
	}
	return s
}
