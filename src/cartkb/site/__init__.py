"""What the website is made of beside its pages: data, search, feeds, and the work that is done beside their drawing."""
