using System.Globalization;

namespace MAFlow.AnomalyBenchmark;

/// <summary>What one method did on one split of one table.</summary>
/// <remarks>AUROC and average precision are NaN where the method failed. Seconds are of training and scoring; the measures of one flow share
/// its training.</remarks>
internal sealed record Result(string Table, int Seed, string Method, int Rows, int Features, double Auroc, double AveragePrecision, double Seconds)
{
    public const string Header = "table,seed,method,rows,features,auroc,average_precision,seconds";

    public static Result Parse(string line)
    {
        var cells = line.Split(',');
        return new(cells[0], Whole(cells[1]), cells[2], Whole(cells[3]), Whole(cells[4]), Number(cells[5]), Number(cells[6]), Number(cells[7]));
    }

    public override string ToString() => FormattableString.Invariant(
        $"{Table},{Seed},{Method},{Rows},{Features},{Auroc:F5},{AveragePrecision:F5},{Seconds:F2}");

    private static int Whole(string cell) => int.Parse(cell, CultureInfo.InvariantCulture);

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
}
