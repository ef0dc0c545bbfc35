using static TorchSharp.torch;

namespace MAFlow.Torch.Energies.Exact;

/// <summary>ln Z of two or three particles with pair forces and a harmonic trap around their centre of mass, over the displacements from
/// it.</summary>
/// <remarks>
/// In Jacobi coordinates a = (r₁ - r₂)/√2 and b = (r₁ + r₂ - 2r₃)/√6 the trap is ½ h (|a|² + |b|²), and the distances are d₁₂² = 2a² and
/// d² = a²/2 + 3b²/2 ± √3 ab cos θ. For two particles Z = S ∫ a^{D-1} e^{-E} da; for three there are integrals over a, b and θ left.
/// </remarks>
internal static class FewParticles
{
    private const int PointsPerPart = 16;

    // Convergence is exponential: the last value is nearer than 1e-8 where it is this near to the one before.
    private const double Tolerance = 3e-5;
    private const int MaxRefinements = 3;
    private const int FirstParts = 12;
    private const int FirstAngles = 48;

    // e^{-35} of the integrand is left outside.
    private const double Margin = 35;
    private const double MaxRadius = 1000;

    /// <summary>ln Z in nats; null where no refinement settles it.</summary>
    /// <param name="pair">From d² to the energy of a pair, float64.</param>
    /// <param name="harmonic">h.</param>
    /// <param name="particles">2 or 3.</param>
    /// <param name="coordinates">D, from 1 to 3.</param>
    public static double? LogPartition(Func<Tensor, Tensor> pair, double harmonic, int particles, int coordinates)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (Radius(pair, harmonic, particles) is not { } radius)
        {
            return null;
        }

        var last = double.NaN;
        for (var level = 0; level < MaxRefinements; level++)
        {
            var parts = FirstParts << level;
            var value = particles == 2
                ? OfTwo(pair, harmonic, coordinates, radius, parts)
                : OfThree(pair, harmonic, coordinates, radius, parts, FirstAngles << level);
            if (Math.Abs(value - last) <= Tolerance)
            {
                return value;
            }

            last = value;
        }

        return null;
    }

    private static double OfTwo(Func<Tensor, Tensor> pair, double harmonic, int coordinates, double radius, int parts)
    {
        using var scope = NewDisposeScope();
        var (a, weights) = Grid(radius, parts, coordinates);
        var energy = pair(a.Square().Mul(2)).Add(a.Square(), alpha: harmonic / 2);
        return Math.Log(Sphere(coordinates)) + weights.log().sub(energy).logsumexp(0).item<double>();
    }

    private static double OfThree(Func<Tensor, Tensor> pair, double harmonic, int coordinates, double radius, int parts, int angles)
    {
        using var scope = NewDisposeScope();
        var (b, weights) = Grid(radius, parts, coordinates);
        var (cosine, ofAngle) = Angles(coordinates, angles);
        var (allSquares, allWeights) = (b.Square().unsqueeze(-1), weights.log().unsqueeze(-1).Add(tensor(ofAngle).log()));
        var allMixed = b.unsqueeze(-1).mul(tensor(cosine)).Mul(Math.Sqrt(3));
        var radii = b.data<double>().ToArray();
        var rows = new List<Tensor>();
        for (var i = 0L; i < b.shape[0]; i++)
        {
            using var each = NewDisposeScope();
            var (a, square) = (radii[i], b[i].Square());
            // √(a² + b²) is below the radius for the first of them.
            var inside = Math.Max(1, radii.Count(other => (a * a) + (other * other) <= radius * radius));
            var (squares, logWeights) = (allSquares.narrow(0, 0, inside), allWeights.narrow(0, 0, inside));
            var mixed = allMixed.narrow(0, 0, inside);
            var (centre, shift) = (squares.Mul(1.5).Add(square.Div(2)), mixed.Mul(a));
            // Rounding must not make the square of a distance negative.
            var energy = pair(centre.Add(shift).ClampMin(0)).Add(pair(centre.sub(shift).ClampMin(0))).Add(squares, alpha: harmonic / 2)
                .Add(pair(square.Mul(2))).Add(square, alpha: harmonic / 2);
            rows.Add(logWeights.sub(energy).flatten().logsumexp(0).Add(weights[i].log()).MoveToOuterDisposeScope());
        }

        var factor = coordinates switch { 1 => 2 * 2, 2 => 2 * Math.PI * 2, _ => 4 * Math.PI * 2 * Math.PI };
        return Math.Log(factor) + stack(rows).logsumexp(0).item<double>();
    }

    /// <summary>Radii and their weights r^{D-1} dr.</summary>
    private static (Tensor Radii, Tensor Weights) Grid(double radius, int parts, int coordinates)
    {
        var (points, weights) = GaussLegendre.OnParts(radius, parts, PointsPerPart);
        return (tensor(points), tensor([.. weights.Zip(points, (weight, point) => weight * Math.Pow(point, coordinates - 1))]));
    }

    /// <summary>cos θ and weights: both signs alike on a line, dθ from 0 to π in the plane, d cos θ in space.</summary>
    private static (double[] Cosines, double[] Weights) Angles(int coordinates, int count) => coordinates switch
    {
        1 => ([1], [1]),
        2 => (
            [.. Enumerable.Range(0, count).Select(i => Math.Cos(Math.PI * (i + 0.5) / count))],
            [.. Enumerable.Repeat(Math.PI / count, count)]),
        _ => GaussLegendre.Rule(count),
    };

    /// <summary>Surface of the unit sphere.</summary>
    private static double Sphere(int coordinates) => coordinates switch { 1 => 2, 2 => 2 * Math.PI, _ => 4 * Math.PI };

    /// <summary>Beyond it all configurations are too high; null where there is no such radius.</summary>
    /// <remarks>The largest distance is at least the radius √(a² + b²), and the other pairs are no lower than the best one.</remarks>
    private static double? Radius(Func<Tensor, Tensor> pair, double harmonic, int particles)
    {
        var distances = TensorFactories.Arange((long)MaxRadius * 100, float64).Add(1).Div(100);
        var values = pair(distances.Square()).data<double>().ToArray();
        var (least, others) = (values.Min(), particles == 2 ? 0 : 2);
        // In a row, at the best distance from each other: a configuration that is there in every dimension.
        var place = Array.IndexOf(values, least);
        var best = (place + 1) / 100.0;
        var reference = particles == 2
            ? least + (harmonic * best * best / 4)
            : (2 * least) + values[Math.Min((2 * place) + 1, values.Length - 1)] + (harmonic * best * best);
        var beyond = double.PositiveInfinity;
        double? radius = null;
        for (var i = values.Length - 1; i >= 0; i--)
        {
            beyond = Math.Min(beyond, values[i]);
            var distance = (i + 1) / 100.0;
            if (beyond + (others * least) + (harmonic * distance * distance / 2) < reference + Margin)
            {
                break;
            }

            radius = distance;
        }

        return radius;
    }
}
