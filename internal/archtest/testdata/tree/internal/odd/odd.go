package odd // want "no line of the import table fits internal/odd"
