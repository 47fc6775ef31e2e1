#include "config/place.h"

#include "base/text.h"

void place_add(struct text *text, const struct place *place)
{
    if (place == NULL)
        return;
    place_add(text, place->outer);
    if (text->length > 0 && place->key != NULL)
        text_add_char(text, '.');
    if (place->key != NULL)
        text_add(text, place->key);
    if (place->index != NOT_IN_LIST)
        text_format(text, "[%zu]", place->index);
}
