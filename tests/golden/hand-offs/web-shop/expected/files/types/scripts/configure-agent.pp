notify { 'agent': }
