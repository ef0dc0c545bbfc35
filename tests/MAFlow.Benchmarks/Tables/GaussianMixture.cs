using static TorchSharp.torch;

namespace MAFlow.Benchmarks.Tables;

/// <summary>A mixture of Gaussians with full covariances by expectation maximisation, the number of components by left-out rows.</summary>
internal static class GaussianMixture
{
    private const int Iterations = 100;
    // That of the usual packages.
    private const double Floor = 1e-6;
    private const double SmallestGain = 1e-4;

    /// <summary>Mean -ln p of test rows, of the best number of components that there was time for.</summary>
    public static double Nll(NumericTable table, IEnumerable<int> numbers, ulong seed, Func<bool> isOver)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var rows = table.Training.shape[0];
        var leftOut = rows / 10;
        var (kept, validation) = (table.Training.narrow(0, leftOut, rows - leftOut), table.Training.narrow(0, 0, leftOut));
        var (best, result) = (double.PositiveInfinity, double.NaN);
        foreach (var number in numbers)
        {
            using var inner = NewDisposeScope();
            using var generator = new Generator(seed);
            var fitted = Fit(kept, number, generator, isOver);
            var value = -LogProb(validation, fitted).mean().item<double>();
            if (value < best)
            {
                (best, result) = (value, -LogProb(table.Test, fitted).mean().item<double>());
            }
            else if (number > 8)
            {
                break;
            }

            if (isOver())
            {
                break;
            }
        }

        return result;
    }

    private static (Tensor Weight, Tensor Mean, Tensor Root) Fit(Tensor rows, int number, Generator generator, Func<bool> isOver)
    {
        var (count, width) = (rows.shape[0], rows.shape[1]);
        var mean = rows.index_select(0, randperm(count, dtype: ScalarType.Int64, generator: generator).narrow(0, 0, number));
        var diagonal = eye(width, dtype: float64);
        var covariance = rows.t().cov().reshape(width, width).div(Math.Pow(number, 2.0 / width)).add(diagonal.mul(Floor));
        var state = (Weight: full([number], 1.0 / number, dtype: float64), Mean: mean, Root: linalg.cholesky(covariance).expand(number, width, width).contiguous());
        var last = double.NegativeInfinity;
        for (var i = 0; i < Iterations && !isOver(); i++)
        {
            using var scope = NewDisposeScope();
            var joint = Joint(rows, state);
            var value = joint.logsumexp(1).mean().item<double>();
            if (value - last < SmallestGain)
            {
                break;
            }

            last = value;
            var share = joint.softmax(1);
            var sums = share.sum([0L]).add(1e-9);
            var means = share.t().mm(rows).div(sums.unsqueeze(1));
            var roots = Enumerable.Range(0, number).Select(k =>
            {
                using var one = NewDisposeScope();
                var centred = rows.sub(means[k]);
                var own = centred.t().mm(centred.mul(share.select(1, k).unsqueeze(1))).add(covariance.mul(2)).div(sums[k].add(2)).add(diagonal.mul(Floor));
                return linalg.cholesky(own).MoveToOuterDisposeScope();
            }).ToArray();
            state = (sums.div(sums.sum()).MoveToOuterDisposeScope(), means.MoveToOuterDisposeScope(), stack(roots).MoveToOuterDisposeScope());
        }

        return state;
    }

    private static Tensor LogProb(Tensor rows, (Tensor Weight, Tensor Mean, Tensor Root) state) => Joint(rows, state).logsumexp(1);

    /// <summary>ln πₖ N(x; μₖ, Σₖ), shape [rows, K].</summary>
    private static Tensor Joint(Tensor rows, (Tensor Weight, Tensor Mean, Tensor Root) state)
    {
        using var scope = NewDisposeScope();
        var width = rows.shape[1];
        var columns = Enumerable.Range(0, (int)state.Mean.shape[0]).Select(k =>
        {
            using var one = NewDisposeScope();
            var unit = linalg.solve_triangular(state.Root[k], rows.sub(state.Mean[k]).t(), upper: false);
            var logDeterminant = state.Root[k].diagonal().log().sum();
            return unit.square().sum([0L]).mul(-0.5).sub(logDeterminant).add(state.Weight[k].log()).sub(0.5 * width * Math.Log(2 * Math.PI)).MoveToOuterDisposeScope();
        }).ToArray();
        return stack(columns, 1).MoveToOuterDisposeScope();
    }
}
