namespace MAFlow.AnomalyBenchmark;

/// <summary>Tables of many kinds, small and large, drawn from a seed.</summary>
internal sealed class SyntheticTables(int seed)
{
    private readonly Random _random = new(seed);

    public IEnumerable<LabelledTable> All()
    {
        yield return Blobs("three blobs, 6 features", 1000, 6, 3, 0.7);
        yield return Blobs("eight blobs, 20 features", 5000, 20, 8, 0.6);
        yield return Blobs("two blobs, 80 rows", 160, 6, 2, 0.7);
        yield return Correlated("correlated, 100 rows x 30", 200, 30, 5);
        yield return Correlated("few rows, 100 x 270", 200, 270, 10);
        yield return Correlated("correlated, 10,000 x 60", 20000, 60, 12);
        yield return HeavyTailed("heavy tails, 2,000 x 10", 4000, 10);
        yield return Counts("counts, 1,000 x 8", 2000, 8);
        yield return Counts("counts, 10,000 x 20", 20000, 20);
        yield return Categories("one-hot, 3,000 x 60", 6000, 12, 5);
        yield return ZeroInflated("mostly zero, 1,500 x 40", 3000, 40);
        yield return Curved("curved, 2,000 x 6", 4000, 6);
        yield return Curved("curved, 50,000 x 10", 100000, 10);
        var repeated = Counts("", 300, 9);
        yield return repeated with { Name = "duplicated rows, 750 x 9", Training = [.. Enumerable.Repeat(repeated.Training, 5).SelectMany(rows => rows)] };
    }

    private LabelledTable Make(string name, int rows, Func<float[]> ordinary, Func<float[]> anomaly, int anomalies = 100) => LabelledTable.Split(
        name, [.. Enumerable.Range(0, rows).Select(_ => ordinary())], [.. Enumerable.Range(0, anomalies).Select(_ => anomaly())], seed);

    private LabelledTable Blobs(string name, int rows, int features, int count, double width)
    {
        var centres = Enumerable.Range(0, count).Select(_ => Vector(features, () => 3 * Normal())).ToArray();
        float[] Ordinary() => Add(centres[_random.Next(count)], Vector(features, () => width * Normal()));
        // Between two centres.
        float[] Anomaly()
        {
            var (a, b, t) = (Ordinary(), Ordinary(), 0.3 + 0.4 * _random.NextDouble());
            return [.. a.Zip(b, (x, y) => (float)(t * x + (1 - t) * y + 0.8 * Normal()))];
        }

        return Make(name, rows, Ordinary, Anomaly);
    }

    private LabelledTable Correlated(string name, int rows, int features, int factors)
    {
        var loadings = Enumerable.Range(0, factors).Select(_ => Vector(features, Normal)).ToArray();
        var scale = Vector(features, () => Math.Exp(2 * Normal()));
        float[] Row(double noise)
        {
            var row = Vector(features, () => noise * Normal());
            foreach (var loading in loadings)
            {
                var factor = Normal();
                for (var i = 0; i < features; i++)
                {
                    row[i] += (float)(factor * loading[i]);
                }
            }

            return [.. row.Zip(scale, (x, s) => x * s)];
        }

        return Make(name, rows, () => Row(0.5), () => Row(0.62));
    }

    private LabelledTable HeavyTailed(string name, int rows, int features)
    {
        float[] Row(double shift) => Shared(features, (i, common) =>
            i % 2 == 0 ? Math.Exp(1.5 * (Normal() * 0.6 + common + shift * Normal())) : (Normal() + 0.5 * common + 2 * shift * Normal()) / Math.Max(0.05, Math.Abs(Normal())));
        return Make(name, rows, () => Row(0), () => Row(0.9));
    }

    private LabelledTable Counts(string name, int rows, int features)
    {
        float[] Row(double wild) => Shared(features, (i, common) => Math.Floor(Math.Exp(0.3 * (i % 5) + 0.5 * common + (0.3 + wild) * Normal())));
        return Make(name, rows, () => Row(0), () => Row(0.5));
    }

    private LabelledTable Categories(string name, int rows, int columns, int values)
    {
        float[] Row(bool strange)
        {
            var row = new float[columns * values];
            var kind = _random.Next(3);
            for (var column = 0; column < columns; column++)
            {
                var usual = (kind * 7 + column * 3) % values;
                var value = _random.NextDouble() < (strange ? 0.45 : 0.85) ? usual : (int)(values * Math.Pow(_random.NextDouble(), 2));
                row[column * values + value] = 1;
            }

            return row;
        }

        return Make(name, rows, () => Row(false), () => Row(true));
    }

    private LabelledTable ZeroInflated(string name, int rows, int features)
    {
        float[] Row(double share) => Vector(features, () => _random.NextDouble() < share ? Math.Exp(Normal()) : 0);
        return Make(name, rows, () => Row(0.06), () => Row(0.16));
    }

    private LabelledTable Curved(string name, int rows, int features)
    {
        float[] Row(double noise)
        {
            var u = 3 * (2 * _random.NextDouble() - 1);
            var row = Vector(features, () => noise * Normal());
            for (var i = 0; i < features; i++)
            {
                row[i] += (float)(i % 3 == 0 ? u : i % 3 == 1 ? Math.Sin(u + i) : u * u / 4);
            }

            return row;
        }

        return Make(name, rows, () => Row(0.2), () => Row(0.5));
    }

    private float[] Shared(int features, Func<int, double, double> value)
    {
        var common = Normal();
        return [.. Enumerable.Range(0, features).Select(i => (float)value(i, common))];
    }

    private static float[] Vector(int features, Func<double> value) => [.. Enumerable.Range(0, features).Select(_ => (float)value())];

    private static float[] Add(float[] a, float[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
