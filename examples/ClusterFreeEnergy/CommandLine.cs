using System.CommandLine;
using MAFlow.Examples;

namespace ClusterFreeEnergy;

/// <summary>Options and their checks.</summary>
public static class CommandLine
{
    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var model = new Option<Model>("--model") { Description = "DoubleWells (DW4) or LennardJones (LJ13).", DefaultValueFactory = _ => Model.DoubleWells };
        var particles = new Option<int?>("--particles") { Description = "From 2 to 40; default 4 for double wells, 13 for Lennard-Jones. ln Z of 2 and 3 is compared with quadrature." };
        var dimensions = new Option<int?>("--dimensions") { Description = "1, 2 or 3; default 2 for double wells, 3 for Lennard-Jones." };
        var temperature = new Option<double>("--temperature") { Description = "Temperature in units of the pair forces.", DefaultValueFactory = _ => 1 };
        var minutes = new Option<double>("--minutes") { Description = "Time of the whole run; two thirds of it train.", DefaultValueFactory = _ => 4 };
        var seed = new Option<int>("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 1 };
        var output = new Option<DirectoryInfo>("--output") { Description = "Directory for flow and figures.", DefaultValueFactory = _ => new DirectoryInfo("out/cluster") };
        var report = new Option<FileInfo?>("--report") { Description = "File for the results as JSON." };
        Require(model, Enum.IsDefined, "DoubleWells or LennardJones");
        Require(particles, value => value is null or (>= 2 and <= 40), "a number from 2 to 40");
        Require(dimensions, value => value is null or (>= 1 and <= 3), "1, 2 or 3");
        Require(temperature, value => value is >= 0.1 and <= 100, "a temperature from 0.1 to 100");
        Require(minutes, value => value is > 0 and <= 10_000, "a positive time");
        Require(seed, value => value >= 0, "a seed of at least 0");
        var command = new RootCommand("Learns the variational free energy of a cluster of identical particles, and checks it against Monte Carlo, annealing and quadrature.")
        {
            model, particles, dimensions, temperature, minutes, seed, output, report,
        };
        command.SetAction(parsed =>
        {
            var (chosen, wells) = (parsed.GetValue(model), parsed.GetValue(model) == Model.DoubleWells);
            var settings = new Settings(
                chosen, parsed.GetValue(particles) ?? (wells ? 4 : 13), parsed.GetValue(dimensions) ?? (wells ? 2 : 3), parsed.GetValue(temperature),
                parsed.GetValue(minutes), parsed.GetValue(seed), parsed.GetRequiredValue(output), parsed.GetValue(report));
            return ConsoleProgram.Run([settings.Output, settings.Report?.Directory], "Cancelled.", cancellation => job(settings, cancellation));
        });
        return ConsoleProgram.Invoke(command, args);
    }

    /// <summary>Refuses other values of an option, saying what was expected and what came.</summary>
    private static void Require<T>(Option<T> option, Func<T, bool> holds, string expectation) => option.Validators.Add(result =>
    {
        // A text that is no value of the type has its own message.
        if (!result.Errors.Any() && result.Tokens.Count > 0 && !holds(result.GetValueOrDefault<T>()))
        {
            result.AddError($"Expected {option.Name} to be {expectation}, got '{result.Tokens[0].Value}'.");
        }
    });
}
