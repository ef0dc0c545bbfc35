using System.CommandLine;
using IsingFreeEnergy.Scan;
using MAFlow.Examples;

namespace IsingFreeEnergy;

/// <summary>Options and their checks.</summary>
public static class CommandLine
{
    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var model = new Option<Model>("--model") { Description = "Ising or Phi4.", DefaultValueFactory = _ => Model.Ising };
        var size = new Option<int>("--size") { Description = "Side L of the square lattice, from 2 to 64.", DefaultValueFactory = _ => 8 };
        var temperature = new Option<double>("--temperature") { Description = "Temperature in units of the coupling.", DefaultValueFactory = _ => IsingEnergy.CriticalTemperature };
        var massSquared = new Option<double>("--mass-squared") { Description = "m² of Phi4.", DefaultValueFactory = _ => -4 };
        var coupling = new Option<double>("--coupling") { Description = "λ of Phi4.", DefaultValueFactory = _ => 4.572 };
        var boundary = new Option<Boundary>("--boundary") { Description = "Periodic or Open; Phi4 is periodic.", DefaultValueFactory = _ => Boundary.Periodic };
        var minutes = new Option<double>("--minutes") { Description = "Time of the whole run; more than half of it trains.", DefaultValueFactory = _ => 3 };
        var depth = new Option<int>("--depth") { Description = "Runge-Kutta steps to begin with on an open lattice; a torus begins with two for each stretch of its potential. Both are refined where they do not suffice.", DefaultValueFactory = _ => 8 };
        var seed = new Option<int>("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 1 };
        var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoint in the output directory." };
        var output = new Option<DirectoryInfo>("--output") { Description = "Directory for flow, curve, figure and checkpoint.", DefaultValueFactory = _ => new DirectoryInfo("out/ising") };
        var report = new Option<FileInfo?>("--report") { Description = "File for the results as JSON." };
        var mpi = new Option<bool>("--mpi") { Description = "Train on all processes that mpirun starts: mpirun -n 2 dotnet run --no-build ... --mpi." };
        Require(model, Enum.IsDefined, "Ising or Phi4");
        Require(size, value => value is >= 2 and <= 64, "a side from 2 to 64");
        Require(temperature, value => value is >= 0.1 and <= 1000, "a temperature from 0.1 to 1000");
        Require(massSquared, value => value is >= -1000 and <= 1000, "a number from -1000 to 1000");
        Require(coupling, value => value is > 0 and <= 1000, "a positive coupling of at most 1000");
        Require(boundary, Enum.IsDefined, "Periodic or Open");
        Require(minutes, value => value is > 0 and <= 10_000, "a positive time");
        Require(depth, value => value is >= 1 and <= 256, "a depth from 1 to 256");
        Require(seed, value => value >= 0, "a seed of at least 0");
        var command = new RootCommand("Learns a variational free energy of the two-dimensional Ising model and checks it against the exact one; or that of lattice φ⁴.")
        {
            model, size, temperature, massSquared, coupling, boundary, minutes, depth, seed, resume, output, report, mpi,
        };
        command.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValue(model) == Model.Phi4 && result.GetValue(boundary) == Boundary.Open)
            {
                result.AddError("Expected --boundary Periodic with --model Phi4, got Open; the potential of pairs needs a torus.");
            }
        });
        command.SetAction(parsed =>
        {
            var settings = new Settings(
                parsed.GetValue(model), parsed.GetValue(massSquared), parsed.GetValue(coupling), parsed.GetValue(size), parsed.GetValue(temperature),
                parsed.GetValue(boundary), parsed.GetValue(minutes), parsed.GetValue(depth), parsed.GetValue(seed), parsed.GetValue(resume),
                parsed.GetRequiredValue(output), parsed.GetValue(report));
            return ConsoleProgram.Run(
                [settings.Output, settings.Report?.Directory], $"Cancelled. What was reached has been kept; go on with:\n  {settings.ResumeCommand}",
                cancellation =>
                {
                    using var processes = parsed.GetValue(mpi) ? Processes.OfMpi() : Processes.Alone;
                    job(settings with { Processes = processes, Output = processes.Folder(settings.Output) }, cancellation);
                });
        });
        command.Subcommands.Add(ScanCommand.Create());
        return ConsoleProgram.Invoke(command, args);
    }

    /// <summary>Refuses other values of an option, saying what was expected and what came.</summary>
    public static void Require<T>(Option<T> option, Func<T, bool> holds, string expectation) => option.Validators.Add(result =>
    {
        // A text that is no value of the type has its own message.
        if (result.Errors.Any() || result.Tokens.Count == 0)
        {
            return;
        }

        try
        {
            if (!holds(result.GetValueOrDefault<T>()))
            {
                result.AddError($"Expected {option.Name} to be {expectation}, got '{result.Tokens[0].Value}'.");
            }
        }
        catch (InvalidOperationException)
        {
            result.AddError($"Expected {option.Name} to be {expectation}, got '{result.Tokens[0].Value}'.");
        }
    });
}
