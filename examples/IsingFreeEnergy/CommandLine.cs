using System.CommandLine;
using System.Globalization;
using MAFlow.Examples;
using static System.FormattableString;

namespace IsingFreeEnergy;

/// <summary>Options and their checks.</summary>
public static class CommandLine
{
    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var model = Options.Of("--model", Model.Ising, "Ising or Phi4.");
        var size = Options.Of("--size", 8, "Side L of the square lattice, from 2 to 64.");
        var temperature = Options.Of("--temperature", IsingEnergy.CriticalTemperature, "Temperature in units of the coupling.");
        var massSquared = Options.Of("--mass-squared", -4.0, "m² of Phi4.");
        var coupling = Options.Of("--coupling", 4.572, "λ of Phi4.");
        var boundary = Options.Of("--boundary", Boundary.Periodic, "Periodic or Open; Phi4 is periodic.");
        var minutes = Options.Of("--minutes", 3.0, "Time of the whole run; more than half of it trains.");
        var depth = Options.Of("--depth", 8, "Runge-Kutta steps to begin with on an open lattice; a torus begins with two for each stretch of its potential. Both are refined where they do not suffice.");
        var seed = Options.Of("--seed", 1, "Seed of everything random.");
        var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoint in the output directory." };
        var output = Options.Output("Directory for flow, curve, figure and checkpoint.", "out/ising");
        var report = Options.Report();
        var mpi = Options.Mpi();
        Options.Require(model, Enum.IsDefined, "Ising or Phi4");
        Options.Require(size, value => value is >= 2 and <= 64, "a side from 2 to 64");
        Options.Require(temperature, value => value is >= 0.1 and <= 1000, "a temperature from 0.1 to 1000");
        Options.Require(massSquared, value => value is >= -1000 and <= 1000, "a number from -1000 to 1000");
        Options.Require(coupling, value => value is > 0 and <= 1000, "a positive coupling of at most 1000");
        Options.Require(boundary, Enum.IsDefined, "Periodic or Open");
        Options.Require(minutes, value => value is > 0 and <= 10_000, "a positive time");
        Options.Require(depth, value => value is >= 1 and <= 256, "a depth from 1 to 256");
        Options.Require(seed, value => value >= 0, "a seed of at least 0");
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
}

/// <summary><c>scan</c> computes free energy, energy, specific heat, |m| and Binder cumulant against the temperature; <c>scan merge</c> joins
/// points that were computed as separate tasks.</summary>
public static class ScanCommand
{
    public static Command Create()
    {
        var temperatures = Options.Of("--temperatures", "1.8:3.0:13", "FROM:TO:COUNT, or a list separated by commas.");
        var size = Options.Of("--size", 16, "Side L of the square torus, from 2 to 64.");
        var minutes = Options.Of("--minutes", 1.0, "Time of each temperature.");
        var seed = Options.Of("--seed", 1, "Seed of everything random.");
        var index = new Option<int?>("--index") { Description = "The one point to compute, from 0; by default SLURM_ARRAY_TASK_ID, or all points where that is not set.", DefaultValueFactory = _ => Task() };
        var output = Options.Output("Directory of the points, the table and the figure.", "out/scan");
        output.Recursive = true;
        Options.Require(size, value => value is >= 2 and <= 64, "a side from 2 to 64");
        Options.Require(minutes, value => value is > 0 and <= 10_000, "a positive time");
        var command = new Command("scan", "Free energy, energy, specific heat, |m| and Binder cumulant of the Ising model against the temperature. Points that are there already are kept.")
        {
            temperatures, size, minutes, seed, index, output,
        };
        command.SetAction(parsed => ConsoleProgram.Run([parsed.GetRequiredValue(output)], "Cancelled. The points that ended are kept; the same command goes on.", cancellation =>
        {
            var values = ScanSettings.ParseTemperatures(parsed.GetRequiredValue(temperatures));
            var point = parsed.GetValue(index);
            if (point is { } number && (number < 0 || number >= values.Count))
            {
                throw new FormatException($"Expected --index to be from 0 to {values.Count - 1}, got {number}.");
            }

            ScanRun.Run(
                new(parsed.GetValue(size), values, parsed.GetValue(minutes), parsed.GetValue(seed), point, parsed.GetRequiredValue(output)),
                cancellation);
        }));
        var merge = new Command("merge", "Joins the points of a scan into scan.csv and scan.png.");
        merge.SetAction(parsed => ConsoleProgram.Run([], "Cancelled.", _ => ScanMerge.Run(new(parsed.GetRequiredValue(output)))));
        command.Subcommands.Add(merge);
        return command;
    }

    private static int? Task() =>
        int.TryParse(Environment.GetEnvironmentVariable("SLURM_ARRAY_TASK_ID"), CultureInfo.InvariantCulture, out var task) ? task : null;
}

/// <summary>What the command line asks for.</summary>
public sealed record Settings(
    Model Model, double MassSquared, double Coupling, int Size, double Temperature, Boundary Boundary, double Minutes, int Depth, int Seed,
    bool Resume, DirectoryInfo Output, FileInfo? Report)
{
    /// <summary>Who trains.</summary>
    public Processes Processes { get; init; } = Processes.Alone;

    /// <summary>Time of the whole run: more than half of it trains on a torus, half of it elsewhere, the final measurement and the
    /// estimators share the rest.</summary>
    public TimeSpan Time => TimeSpan.FromMinutes(Minutes);

    /// <summary>Whether likelihood comes first: on larger lattices it takes longer than it saves.</summary>
    public bool HasWarmStart => Boundary == Boundary.Open && Size <= 16;

    public TimeSpan WarmStartTime => (HasWarmStart ? 0.15 : 0) * Time;

    public TimeSpan TrainingTime => (Boundary == Boundary.Periodic ? 0.6 : HasWarmStart ? 0.35 : 0.5) * Time;

    /// <summary>The command that goes on with this run.</summary>
    public string ResumeCommand => string.Create(CultureInfo.InvariantCulture,
        $"dotnet run -c Release --project examples/IsingFreeEnergy -- {(Model == Model.Phi4 ? Invariant($"--model Phi4 --mass-squared {MassSquared:R} --coupling {Coupling:R}") : Invariant($"--temperature {Temperature:R} --boundary {Boundary}"))} --size {Size} --minutes {Minutes:R} --depth {Depth} --seed {Seed} --output \"{Output}\"{(Report is null ? "" : $" --report \"{Report}\"")} --resume");
}

/// <summary>Which model.</summary>
public enum Model
{
    /// <summary>The two-dimensional Ising model.</summary>
    Ising,

    /// <summary>Lattice φ⁴ with the action Σ m²φ² + λφ⁴ + Σ (φᵢ - φⱼ)².</summary>
    Phi4,
}
