package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed shop.yaml
var shopYAML []byte

// shop is shop.yaml.
type shop struct {
	Categories []category `yaml:"categories"`
	Campaigns  []campaign `yaml:"campaigns"`
	Customers  []customer `yaml:"customers"`
}

type category struct {
	ID       string     `yaml:"id"`
	JA       string     `yaml:"ja"`
	EN       string     `yaml:"en"`
	Tax      int32      `yaml:"tax"`      // per cent; from above where it is 0
	Merchant string     `yaml:"merchant"` // of its products
	Children []category `yaml:"children"`
	Products []product  `yaml:"products"`
}

type product struct {
	Key        string            `yaml:"key"`
	JA         string            `yaml:"ja"`
	EN         string            `yaml:"en"`
	Price      int64             `yaml:"price"`  // yen, of the only variant …
	Option     string            `yaml:"option"` // … or what tells several apart,
	Prices     choices           `yaml:"prices"` // and the price of each
	Tax        int32             `yaml:"tax"`
	Attributes map[string]string `yaml:"attributes"`

	merchant   string
	categories []string // most specific first
}

// choices keeps the order in which the file lists them, which is the order shown.
type choices []choice

type choice struct {
	value string
	price int64
}

func (c *choices) UnmarshalYAML(n *yaml.Node) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		var price int64
		if err := n.Content[i+1].Decode(&price); err != nil {
			return err
		}
		*c = append(*c, choice{n.Content[i].Value, price})
	}
	return nil
}

type campaign struct {
	Product string          `yaml:"product"`
	JA      string          `yaml:"ja"`
	EN      string          `yaml:"en"`
	Sizes   [2]int32        `yaml:"sizes"`
	Tiers   map[int32]int64 `yaml:"tiers"`
	Window  time.Duration   `yaml:"window"`
	Months  int             `yaml:"months"`
	Points  [3]int64        `yaml:"points"` // member, leader, inviter
	Budget  int64           `yaml:"budget"`
}

type customer struct {
	ID         string `yaml:"id"`
	Name       string `yaml:"name"`
	PostalCode string `yaml:"postal_code"`
	Prefecture string `yaml:"prefecture"`
	City       string `yaml:"city"`
	Line1      string `yaml:"line1"`
	Phone      string `yaml:"phone"`
}

func load(data []byte) (*shop, error) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	var s shop
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("shop.yaml: %w", err)
	}
	return &s, nil
}

// levels answers the tree level by level, parents first, as pairs of parent and child.
func (s *shop) levels() [][][2]category {
	var out [][][2]category
	var level [][2]category
	for _, c := range s.Categories {
		level = append(level, [2]category{{}, c})
	}
	for len(level) > 0 {
		out = append(out, level)
		var next [][2]category
		for _, pair := range level {
			for _, child := range pair[1].Children {
				next = append(next, [2]category{pair[1], child})
			}
		}
		level = next
	}
	return out
}

// products answers all products, with what they inherit from the tree.
func (s *shop) products() []product {
	var out []product
	for _, c := range s.Categories {
		out = append(out, c.products(c.Tax, nil)...)
	}
	return out
}

func (c category) products(tax int32, above []string) []product {
	if c.Tax != 0 {
		tax = c.Tax
	}
	path := append([]string{c.ID}, above...)
	var out []product
	for _, p := range c.Products {
		p.merchant, p.categories = c.Merchant, path
		if p.Tax == 0 {
			p.Tax = tax
		}
		out = append(out, p)
	}
	for _, child := range c.Children {
		out = append(out, child.products(tax, path)...)
	}
	return out
}
