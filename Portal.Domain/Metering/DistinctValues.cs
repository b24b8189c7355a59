namespace Portal.Domain.Metering;

/// <summary>The distinct values of one group of usage in a stretch of time, told so that those of several groups can be counted together, each once.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="Shared">How many values came in exactly which groups of the meter: the same list for all groups of the stretch.</param>
public sealed record DistinctValues(int GroupId, IReadOnlyList<SharedValues> Shared)
{
    /// <summary>How many distinct values there are in some groups of one meter and stretch of time.</summary>
    public static long CountOf(IEnumerable<DistinctValues?> groups)
    {
        var known = groups.OfType<DistinctValues>().ToList();
        if (known.Count == 0)
        {
            return 0;
        }

        var ids = known.Select(group => group.GroupId).ToHashSet();
        return known[0].Shared.Where(values => values.Groups.Any(ids.Contains)).Sum(values => values.Count);
    }
}

/// <summary>Distinct values that came in the same groups.</summary>
/// <param name="Groups">The numbers of those groups.</param>
/// <param name="Count">How many values.</param>
public sealed record SharedValues(IReadOnlyList<int> Groups, long Count);
