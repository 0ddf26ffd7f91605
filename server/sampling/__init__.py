"""The sample survey 抽样调查: frames of panels, stratified draws, links, reminders, responses."""
