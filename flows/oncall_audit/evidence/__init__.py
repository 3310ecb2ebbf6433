"""What an auditor can hold the program to: the register of runs and decisions."""
