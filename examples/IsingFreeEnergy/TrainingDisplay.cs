using System.Globalization;
using Spectre.Console;
using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>The measurements of a training as a live table; as plain lines where the output is a file or a CI log.</summary>
public static class TrainingDisplay
{
    private const int RowsShown = 12;
    private static readonly string[] _headings = ["step", "seconds", "F/site", "exact", "gap", "±error", "std ln w", "depth", "F(2d)-F(d)"];

    public static T Show<T>(int sites, double? exact, Func<IProgress<TrainingProgress>, T> train)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive)
        {
            return train(InLines(sites, exact));
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var heading in _headings)
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        return AnsiConsole.Live(table).Start(context => train(new Live(sites, exact, table, context)));
    }

    /// <summary>Plain lines, for a training that is one of several.</summary>
    public static IProgress<TrainingProgress> InLines(int sites, double? exact)
    {
        Console.WriteLine("  step seconds    F/site     exact      gap  ±error std ln w depth F(2d)-F(d)");
        return new Lines(sites, exact);
    }

    private static string[] Cells(TrainingRecord record, int sites, double? exact)
    {
        var (culture, measured) = (CultureInfo.InvariantCulture, record.FreeEnergy!);
        var (perSite, reference) = (measured.FreeEnergy / sites, exact / sites);
        return
        [
            record.Step.ToString(culture), record.ElapsedSeconds.ToString("F0", culture), perSite.ToString("F5", culture),
            reference?.ToString("F5", culture) ?? "-", (perSite - reference)?.ToString("F5", culture) ?? "-",
            (measured.StandardError / sites).ToString("F5", culture), measured.Deviation.ToString("F2", culture),
            measured.Depth.ToString(culture), (measured.DepthCheck / sites).ToString("E1", culture),
        ];
    }

    private sealed class Live(int sites, double? exact, Table table, LiveDisplayContext context) : IProgress<TrainingProgress>
    {
        private double _shown = double.NegativeInfinity;

        public void Report(TrainingProgress value)
        {
            if (value.IsRoundEnd)
            {
                if (table.Rows.Count == RowsShown)
                {
                    table.RemoveRow(0);
                }

                table.AddRow(Cells(value.Current, sites, exact));
            }
            else if (value.Current.ElapsedSeconds - 0.25 < _shown)
            {
                return;
            }

            _shown = value.Current.ElapsedSeconds;
            table.Caption(string.Create(
                CultureInfo.InvariantCulture,
                $"step {value.Current.Step}, F/site of the batch {value.Current.Loss / sites:F4}, {value.Remaining:m\\:ss} left"));
            context.Refresh();
        }
    }

    private sealed class Lines(int sites, double? exact) : IProgress<TrainingProgress>
    {
        private const int Count = 40;
        private double _shown = double.NegativeInfinity;

        public void Report(TrainingProgress value)
        {
            var spent = value.Current.ElapsedSeconds;
            if (value.IsRoundEnd && spent - _shown >= (spent + value.Remaining.TotalSeconds) / Count)
            {
                _shown = spent;
                var cells = Cells(value.Current, sites, exact);
                int[] widths = [6, 7, 9, 9, 8, 7, 8, 5, 10];
                Console.WriteLine(string.Join(' ', cells.Zip(widths, (cell, width) => cell.PadLeft(width))));
            }
        }
    }
}

/// <summary>The untrained flow for a lattice.</summary>
public static class IsingModel
{
    /// <summary>Smallest eigenvalue of K + αI, which fixes α.</summary>
    public const double SmallestEigenvalue = 0.1;

    private const double Horizon = 2;

    public static IsingEnergy Energy(Settings settings) =>
        new(Lattice.Square(settings.Size, settings.Boundary), settings.Temperature, SmallestEigenvalue);

    /// <summary>The energy on a torus of any size.</summary>
    public static Func<Lattice, Energy> EnergyAt(Settings settings) => lattice => new IsingEnergy(lattice, settings.Temperature);

    /// <summary>On an open lattice, where only the Z2 symmetry of ln cosh is left; on a torus the ladder makes its own.</summary>
    public static MongeAmpereFlow Create(IsingEnergy energy, Settings settings)
    {
        using var generator = new Generator((ulong)settings.Seed);
        using var scope = NewDisposeScope();
        var directions = new LocalPatches(settings.Size, settings.Size, Math.Min(3, settings.Size)).Draw(
            4 * energy.Dimension, ones(energy.Dimension, dtype: float64), generator);
        return new(
            RidgePotential.AtRest(directions, Activation.LogCosh, generator, 1), new() { Horizon = Horizon, Depth = settings.Depth });
    }

    /// <summary>A flow that does nothing but, on a torus, the Gaussian part of the energy; as cheap as a flow can be.</summary>
    public static MongeAmpereFlow AtRest(IsingEnergy energy, Generator generator) =>
        AtRest(energy.Dimension, generator, energy.Lattice!.Boundary == Boundary.Periodic ? CirculantGaussianMap.For(energy) : null);

    /// <summary>A flow that does nothing but its final map.</summary>
    public static MongeAmpereFlow AtRest(long dimension, Generator generator, Bijection? bijection = null)
    {
        using var scope = NewDisposeScope();
        return new(
            RidgePotential.AtRest(ones(1, dimension, dtype: float64), Activation.LogCosh, generator, 1), new() { Depth = 1 }, bijection);
    }
}
