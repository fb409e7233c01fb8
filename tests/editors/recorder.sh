# Stands in for dub at the end of an editor's hook: writes down the words that it was started with, a file a start.
folder=$1
shift
number=0
while [ -e "$folder/$number" ]; do
    number=$((number + 1))
done
printf '%s\0' "$@" > "$folder/$number"
