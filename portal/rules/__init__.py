"""The law: pure functions of plain values. Standard library only; facts in, a Decision, a date or a number out."""
