"""Files of products that people give: their columns, what their cells say, and the plan that is made of them."""
