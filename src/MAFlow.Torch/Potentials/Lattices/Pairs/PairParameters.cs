using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The parameters of a pair potential: at rest, on a larger torus, and in files.</summary>
internal static class PairParameters
{
    // The point group grows as 2^d d!, and a file must not make it take all memory.
    private const int MaxStoredAxes = 4;

    // Features are curved over about one unit of their argument.
    private const double FieldDeviation = 1.9;

    /// <summary>Names of all parameters.</summary>
    public static IReadOnlyList<string> Names(PairShape shape)
    {
        List<string> names =
        [
            LatticePairPotential.Stretch, PairKnots.Filter, PairKnots.Sharpness, PairKnots.Constant, PairKnots.Linear, PairKnots.Strength,
            PairKnots.CollectiveSharpness,
        ];
        if (!shape.IsSignSymmetric)
        {
            names.Add(PairKnots.Offset);
        }

        for (var block = 0; block < shape.Blocks.Count; block++)
        {
            names.AddRange(shape.Components == 1 ? [PairKnots.Coupling(block)] : [PairKnots.Coupling(block), PairKnots.Exchange(block)]);
        }

        return names;
    }

    /// <summary>Parameters that carry white noise to a Gaussian field and leave it there.</summary>
    public static Dictionary<string, Tensor> AtRest(PairShape shape, IReadOnlyList<double> variances, LatticePairOptions options)
    {
        var (orbits, members) = (shape.Kernels.Orbits, shape.Kernels.Members);
        var (logarithms, steepness) = (new double[members.Count], new double[members.Count]);
        for (var wave = 0; wave < variances.Count; wave++)
        {
            logarithms[orbits[wave]] += Math.Log(variances[wave]) / members[(int)orbits[wave]];
            steepness[orbits[wave]] = shape.Lattice.Coordinates(wave)
                .Select((k, axis) => 2 - (2 * Math.Cos(2 * Math.PI * k / shape.Lattice.Extents[axis]))).Sum();
        }

        IEnumerable<double> Filter(double scale)
        {
            var window = steepness.Select(square => Math.Exp(-square * scale * scale / 2)).ToArray();
            var variance = window.Select((weight, orbit) => weight * weight * Math.Exp(logarithms[orbit]) * members[orbit]).Sum();
            var unit = FieldDeviation / Math.Sqrt(variance / shape.Sites);
            return window.Select(weight => weight * unit);
        }

        double[] stretch = [.. logarithms.Select((log, orbit) => (log / 2) + (orbit == orbits[0] ? Math.Log(options.CollectiveWidth) : 0))];
        var (orbitCount, knots, terms) = ((long)members.Count, options.Knots, options.CollectiveFeatures);
        var parameters = new Dictionary<string, Tensor>
        {
            [LatticePairPotential.Stretch] = tensor(stretch),
            [PairKnots.Filter] = tensor(options.Scales.SelectMany(Filter).ToArray()).view(shape.Scales, orbitCount),
            [PairKnots.Sharpness] = tensor(Sharpnesses(shape)).expand(shape.Scales, shape.Units),
            [PairKnots.Constant] = zeros(knots, shape.Constants),
            [PairKnots.Linear] = zeros(knots, orbitCount),
            [PairKnots.Strength] = zeros(knots, terms),
            [PairKnots.CollectiveSharpness] = tensor(Spread(0.2, 1.5, terms)),
            [PairKnots.Offset] = zeros(terms),
        };
        foreach (var (count, block) in shape.Blocks.Select((count, block) => (count, block)))
        {
            parameters[PairKnots.Coupling(block)] = parameters[PairKnots.Exchange(block)] = zeros(knots, orbitCount, count, count);
        }

        return parameters.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.to(options.Type));
    }

    /// <summary>The parameters on a larger torus.</summary>
    public static Dictionary<string, Tensor> Lift(
        PairShape from, IReadOnlyDictionary<string, Tensor> parameters, PairShape to, double growth) =>
        parameters.ToDictionary(parameter => parameter.Key, parameter => parameter.Key switch
        {
            LatticePairPotential.Stretch => from.Kernels.Lift(parameter.Value, to.Kernels),
            PairKnots.Filter or PairKnots.Linear => from.Kernels.Lift(parameter.Value.t(), to.Kernels).t(),
            PairKnots.CollectiveSharpness => parameter.Value.Div(growth),
            PairKnots.Strength => parameter.Value.Mul(growth),
            PairKnots.Sharpness or PairKnots.Constant or PairKnots.Offset => parameter.Value,
            _ => from.Kernels.Lift(parameter.Value.transpose(0, 1), to.Kernels).transpose(0, 1),
        });

    public static StoredComponent Store(PairShape shape, double horizon, IReadOnlyDictionary<string, Tensor> parameters)
    {
        var stored = new StoredComponent(LatticePairPotential.Kind)
            .With("extents", shape.Lattice.Extents)
            .With("even", shape.EvenUnits)
            .With("components", shape.Components)
            .With("signSymmetric", shape.IsSignSymmetric)
            .With("horizon", horizon);
        return parameters.Aggregate(stored, (component, parameter) => component.WithTensor(parameter.Key, parameter.Value));
    }

    /// <exception cref="FormatException">The tensors do not fit to each other.</exception>
    public static LatticePairPotential Restore(StoredComponent stored)
    {
        var (extents, components) = (stored.Option<int[]>("extents"), stored.Option<int>("components"));
        var horizon = stored.Option<double>("horizon");
        var (filter, sharpness) = (stored.Tensor(PairKnots.Filter), stored.Tensor(PairKnots.Sharpness));
        var even = stored.Option<int>("even");
        var lattice = extents.Length <= MaxStoredAxes
            ? new Lattice(Boundary.Periodic, extents)
            : throw Damaged($"a lattice of at most {MaxStoredAxes} axes", $"{extents.Length}");
        // Tables have one entry per site: as many as the numbers of the file allow, since an orbit has at most 2^d d! sites.
        if (filter.dim() != 2 || sharpness.dim() != 2 || filter.shape[0] != sharpness.shape[0] || filter.shape[0] is < 1 or > 64
            || filter.shape[1] != LatticeOrbits.Count(extents) || even < 1 || even > sharpness.shape[1] || components is < 1 or > 64
            || !(horizon > 0))
        {
            throw Damaged(
                "filters [S, M] and sharpnesses [S, J] that fit the lattice", $"{TensorChecks.Format(filter.shape)} and "
                + $"{TensorChecks.Format(sharpness.shape)}");
        }

        var shape = new PairShape(
            lattice, (int)filter.shape[0], (int)sharpness.shape[1], even, components, stored.Option<bool>("signSymmetric"));
        var parameters = Names(shape).ToDictionary(name => name, stored.Tensor);
        RequireShapes(shape, parameters);
        return new(shape, horizon, parameters);
    }

    private static void RequireShapes(PairShape shape, Dictionary<string, Tensor> parameters)
    {
        var (orbits, linear, strength) = ((long)shape.Kernels.Count, parameters[PairKnots.Linear], parameters[PairKnots.Strength]);
        var (knots, terms) = (linear.shape.FirstOrDefault(), strength.shape.LastOrDefault());
        foreach (var (name, value) in parameters)
        {
            long[] expected = name switch
            {
                LatticePairPotential.Stretch => [orbits],
                PairKnots.Filter => [shape.Scales, orbits],
                PairKnots.Sharpness => [shape.Scales, shape.Units],
                PairKnots.Constant => [knots, shape.Constants],
                PairKnots.Linear => [knots, orbits],
                PairKnots.Strength => [knots, terms],
                PairKnots.CollectiveSharpness or PairKnots.Offset => [terms],
                _ => [knots, orbits, .. Enumerable.Repeat((long)shape.Blocks[name[^1] - '0'], 2)],
            };
            if (!value.shape.SequenceEqual(expected) || value.numel() == 0 || value.dtype != linear.dtype || !value.is_floating_point())
            {
                throw Damaged(
                    $"'{name}' of shape {TensorChecks.Format(expected)} and type {linear.dtype}",
                    $"{TensorChecks.Format(value.shape)} and {value.dtype}");
            }
        }
    }

    /// <summary>From 0.2 to 1.2; the units with an even feature, which come first, spread over them.</summary>
    private static double[] Sharpnesses(PairShape shape)
    {
        var all = Spread(0.2, 1.2, shape.Units);
        var first = Enumerable.Range(1, shape.EvenUnits).Select(unit => (unit * shape.Units / shape.EvenUnits) - 1).ToList();
        return [.. first.Select(unit => all[unit]), .. all.Where((_, unit) => !first.Contains(unit))];
    }

    private static double[] Spread(double from, double to, int count) =>
        [.. Enumerable.Range(0, count).Select(i => count == 1 ? (from + to) / 2 : from + ((to - from) * i / (count - 1)))];

    private static FormatException Damaged(string expected, string got) =>
        new($"Expected {expected} in the stored {LatticePairPotential.Kind}, got {got}; the file is damaged.");
}
