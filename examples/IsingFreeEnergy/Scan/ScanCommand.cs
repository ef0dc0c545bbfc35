using System.CommandLine;
using System.Globalization;
using MAFlow.Examples;

namespace IsingFreeEnergy.Scan;

/// <summary><c>scan</c> computes free energy, energy, specific heat, |m| and Binder cumulant against the temperature; <c>scan merge</c> joins
/// points that were computed as separate tasks.</summary>
public static class ScanCommand
{
    public static Command Create()
    {
        var temperatures = new Option<string>("--temperatures") { Description = "FROM:TO:COUNT, or a list separated by commas.", DefaultValueFactory = _ => "1.8:3.0:13" };
        var size = new Option<int>("--size") { Description = "Side L of the square torus, from 2 to 64.", DefaultValueFactory = _ => 16 };
        var minutes = new Option<double>("--minutes") { Description = "Time of each temperature.", DefaultValueFactory = _ => 1 };
        var seed = new Option<int>("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 1 };
        var index = new Option<int?>("--index") { Description = "The one point to compute, from 0; by default SLURM_ARRAY_TASK_ID, or all points where that is not set.", DefaultValueFactory = _ => Task() };
        var output = new Option<DirectoryInfo>("--output") { Description = "Directory of the points, the table and the figure.", DefaultValueFactory = _ => new DirectoryInfo("out/scan"), Recursive = true };
        CommandLine.Require(size, value => value is >= 2 and <= 64, "a side from 2 to 64");
        CommandLine.Require(minutes, value => value is > 0 and <= 10_000, "a positive time");
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

            ScanRun.Run(new(parsed.GetValue(size), values, parsed.GetValue(minutes), parsed.GetValue(seed), point, parsed.GetRequiredValue(output)), cancellation);
        }));
        var merge = new Command("merge", "Joins the points of a scan into scan.csv and scan.png.");
        merge.SetAction(parsed => ConsoleProgram.Run([], "Cancelled.", _ => ScanMerge.Run(new(parsed.GetRequiredValue(output)))));
        command.Subcommands.Add(merge);
        return command;
    }

    private static int? Task() => int.TryParse(Environment.GetEnvironmentVariable("SLURM_ARRAY_TASK_ID"), CultureInfo.InvariantCulture, out var task) ? task : null;
}
