using BenchmarkDotNet.Running;
using MAFlow.Benchmarks;
using MAFlow.Benchmarks.Tables;

// --quick [--report FILE]: ratios within minutes. --scoring: the managed scorer beside tensors. --table-steps: steps at the sizes of
// tables. --start [TABLE,...]: training with and without a start. tables [--report FILE] [--folder DIR]: likelihoods on tables after
// some seconds. Anything else goes to BenchmarkDotNet.
if (TrainingMemory.IsAskedFor(args))
{
    TrainingMemory.Report(args);
}
else if (args.Contains("--start"))
{
    StartComparison.Report(args);
}
else if (args is ["tables", ..])
{
    TablesReport.Run(args);
}
else if (args.Contains("--scoring"))
{
    ScoringSpeed.Report();
}
else if (args.Contains("--table-steps"))
{
    TableSteps.Report();
}
else if (args.Contains("--quick"))
{
    var report = new QuickReport().Run();
    if (args.SkipWhile(argument => argument != "--report").Skip(1).FirstOrDefault() is { } path)
    {
        File.WriteAllText(path, report.ToJsonString(new() { WriteIndented = true }) + "\n");
    }
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(TransportBenchmarks).Assembly).Run(args);
}
