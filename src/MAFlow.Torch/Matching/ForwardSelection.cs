using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MAFlow.Torch.Matching;

/// <summary>Chooses units one after the other, each the one that explains most of what is left: orthogonal least squares.</summary>
/// <remarks>
/// A Cholesky factorisation of M + λ diag M whose next pivot is the unit j with the largest r_j²/d_j, r what is left of c and d what is
/// left of the diagonal. A unit that others replace loses its d, so of many that are alike few are taken. O(P h²).
/// Chen, Billings, Luo (1989).
/// </remarks>
internal static class ForwardSelection
{
    // Share of a unit that has to be left for it to count.
    private const double LeastLeft = 1e-8;

    /// <summary>Numbers of the chosen units in ascending order, int64.</summary>
    /// <param name="equations">M and c of P units.</param>
    /// <param name="strength">λ.</param>
    /// <param name="count">Number of units to choose, at most P.</param>
    public static Tensor Choose(NormalEquations equations, double strength, long count)
    {
        var (size, matrix, left) = ((int)equations.Target.shape[0], Numbers(equations.Matrix), Numbers(equations.Target));
        var scale = new double[size];
        for (var j = 0; j < size; j++)
        {
            var diagonal = matrix[((long)j * size) + j];
            scale[j] = diagonal > 0 ? 1 / Math.Sqrt(diagonal) : 0;
        }

        TensorPrimitives.Multiply(left, scale, left);
        var (rest, chosen, factors) = (new double[size], new List<long>(), new List<double[]>());
        Array.Fill(rest, 1 + strength);
        var free = Array.ConvertAll(scale, number => number > 0);
        while (chosen.Count < count)
        {
            var best = Next(left, rest, free);
            if (best < 0)
            {
                break;
            }

            free[best] = false;
            chosen.Add(best);
            var column = new double[size];
            TensorPrimitives.Multiply(matrix.AsSpan(best * size, size), scale, column);
            TensorPrimitives.Multiply(column, scale[best], column);
            column[best] += strength;
            foreach (var factor in factors)
            {
                TensorPrimitives.MultiplyAdd(factor, -factor[best], column, column);
            }

            TensorPrimitives.Divide(column, Math.Sqrt(rest[best]), column);
            factors.Add(column);
            TensorPrimitives.MultiplyAdd(column, -left[best] / column[best], left, left);
            for (var j = 0; j < size; j++)
            {
                rest[j] -= column[j] * column[j];
            }
        }

        // What explains nothing still fills the potential.
        chosen.AddRange(Enumerable.Range(0, size).Select(j => (long)j).Except(chosen).Take((int)(count - chosen.Count)).ToList());
        chosen.Sort();
        return tensor(chosen.ToArray());
    }

    /// <summary>The unit that explains most; -1 where none explains anything.</summary>
    private static int Next(double[] left, double[] rest, bool[] free)
    {
        var (best, most) = (-1, 0.0);
        for (var j = 0; j < left.Length; j++)
        {
            if (free[j] && rest[j] > LeastLeft && left[j] * left[j] / rest[j] is var explained && explained > most)
            {
                (best, most) = (j, explained);
            }
        }

        return best;
    }

    private static double[] Numbers(Tensor tensor)
    {
        using var contiguous = tensor.contiguous();
        return contiguous.data<double>().ToArray();
    }
}
